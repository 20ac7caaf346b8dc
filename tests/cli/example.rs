//! The example project of the repository: built day by day on a server, its figures compared with those that this file
//! computes from the CSV files without SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::sandbox::Sandbox;

const DAYS: [&str; 4] = ["2010-12-01", "2010-12-02", "2010-12-03", "2010-12-05"];

/// A line of an invoice that counts as a sale or a return; money in pence.
struct Line {
    invoice: String,
    product: String,
    description: String,
    quantity: i64,
    pence: i64,
    /// Year, month, day, hour, minute.
    sold_at: [u32; 5],
    country: String,
}

impl Line {
    fn is_cancellation(&self) -> bool {
        self.invoice.starts_with('C')
    }

    fn amount(&self) -> i64 {
        self.quantity * self.pence
    }

    fn day(&self) -> String {
        let [year, month, day, ..] = self.sold_at;
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The lines of all days, in the order of the files, without those that are no product or have no price.
fn lines() -> Vec<Line> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/invoice_lines");
    let texts = DAYS.map(|day| {
        std::fs::read_to_string(folder.join(format!("invoice_lines_{}.csv", day.replace('-', "_")))).unwrap()
    });
    let lines = texts.iter().flat_map(|text| text.lines().skip(1)).map(|row| line(&fields(row)));
    lines.filter(|line| line.pence != 0 && is_product(&line.product)).collect()
}

/// The fields of a row; in a quoted one, `;` is text and `""` a quote.
fn fields(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut().expect("it begins with one");
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

fn line(fields: &[String]) -> Line {
    let [_row, invoice, product, description, quantity, date, price, _customer, country] = fields else {
        panic!("not nine fields: {fields:?}");
    };
    let numbers: Vec<u32> = date.split(['/', ' ', ':']).map(|number| number.parse().unwrap()).collect();
    let (whole, part) = price.split_once(',').unwrap_or((price, ""));
    assert!(part.len() <= 2, "a price in pence: {price}");
    Line {
        invoice: invoice.clone(),
        product: product.to_uppercase(),
        description: description.trim().to_owned(),
        quantity: quantity.parse().unwrap(),
        pence: format!("{whole}{part:0<2}").parse().unwrap(),
        sold_at: [numbers[2], numbers[1], numbers[0], numbers[3], numbers[4]],
        country: country.clone(),
    }
}

fn is_product(code: &str) -> bool {
    code.len() >= 5 && code.bytes().take(5).all(|byte| byte.is_ascii_digit())
}

/// Pence as pounds.
fn money(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", pence.abs() / 100, pence.abs() % 100)
}

fn net(lines: &[&Line]) -> i64 {
    lines.iter().map(|line| line.amount()).sum()
}

fn sold(lines: &[&Line]) -> i64 {
    lines.iter().filter(|line| !line.is_cancellation()).map(|line| line.amount()).sum()
}

fn grouped(lines: &[Line], key: impl Fn(&Line) -> String) -> BTreeMap<String, Vec<&Line>> {
    let mut groups: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(key(line)).or_default().push(line);
    }
    groups
}

fn daily_revenue(lines: &[Line]) -> Vec<String> {
    let days = grouped(lines, Line::day);
    let row = |(day, lines): (String, Vec<&Line>)| {
        let invoices: BTreeSet<&str> =
            lines.iter().filter(|line| !line.is_cancellation()).map(|line| line.invoice.as_str()).collect();
        let units: i64 = lines.iter().map(|line| line.quantity).sum();
        let returned = sold(&lines) - net(&lines);
        let [revenue, gross, returned] = [net(&lines), sold(&lines), returned].map(money);
        format!("{day} | {revenue} | {gross} | {returned} | {} | {units}", invoices.len())
    };
    days.into_iter().map(row).collect()
}

fn country_revenue(lines: &[Line]) -> Vec<String> {
    let row = |(country, lines): (String, Vec<&Line>)| {
        let returned_lines = lines.iter().filter(|line| line.is_cancellation()).count();
        let (gross, returned) = (sold(&lines), sold(&lines) - net(&lines));
        // Ten-thousandths, rounded half up.
        let rate = (gross != 0).then(|| (2 * returned * 10_000 + gross) / (2 * gross));
        let rate = rate.map_or("null".to_owned(), |rate| format!("{}.{:04}", rate / 10_000, rate % 10_000));
        format!("{country} | {} | {returned_lines} | {} | {rate}", money(net(&lines)), lines.len())
    };
    grouped(lines, |line| line.country.clone()).into_iter().map(row).collect()
}

fn top_products(lines: &[Line]) -> Vec<String> {
    let products = grouped(lines, |line| line.product.clone());
    let mut ranked: Vec<(i64, String, Vec<&Line>)> =
        products.into_iter().map(|(product, lines)| (-net(&lines), product, lines)).collect();
    ranked.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    let row = |(index, (debt, product, lines)): (usize, &(i64, String, Vec<&Line>))| {
        let named = lines.iter().filter(|line| !line.description.is_empty());
        let latest = named.max_by_key(|line| line.sold_at).map_or("null", |line| line.description.as_str());
        let units: i64 = lines.iter().map(|line| line.quantity).sum();
        format!("{} | {product} | {latest} | {} | {units}", index + 1, money(-debt))
    };
    ranked.iter().take(10).enumerate().map(row).collect()
}

/// The project of the repository's root in the stead of the sandbox' own, with a profile for its database.
pub fn example_in(shop: Sandbox) -> Sandbox {
    shop.remove("dbt_project.yml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    shop.write("project.yml", &std::fs::read_to_string(root.join("project.yml")).unwrap());
    let profile = shop.read("profiles.yml").replacen("shop:", "retail:", 1);
    shop.write("profiles.yml", &profile);
    for folder in ["models", "seeds", "snapshots", "macros", "tests"] {
        copy(&shop, root, Path::new(folder));
    }
    shop
}

fn copy(shop: &Sandbox, root: &Path, folder: &Path) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let inside = folder.join(entry.unwrap().file_name());
        if inside == Path::new("tests/cli") {
            continue;
        }
        if root.join(&inside).is_dir() {
            copy(shop, root, &inside);
        } else {
            shop.write(&inside.to_string_lossy(), &std::fs::read_to_string(root.join(&inside)).unwrap());
        }
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_example_built_day_by_day_holds_the_figures_of_its_files() {
    let shop = example_in(Sandbox::new());
    let count = "select count(*) from shop_ingestion.fct_sales";
    let mut rows = Vec::new();
    for day in DAYS {
        shop.succeeds(&format!("build --vars 'loaded_until: {day}'"));
        rows.push(shop.sql(count).parse::<usize>().unwrap());
    }
    let lines = lines();
    assert_eq!(rows[3], lines.len());
    assert!(rows.is_sorted_by(|left, right| left < right), "each day brings rows: {rows:?}");

    let held = |sql: &str| shop.sql(sql).lines().map(str::to_owned).collect::<Vec<_>>();
    let daily = "select day, revenue, gross_revenue, returned, invoices, units from shop_reports.daily_revenue
        where units <> 0 or revenue <> 0 order by day";
    assert_eq!(held(daily), daily_revenue(&lines));
    let countries = "select country, revenue, returned_lines, lines, return_rate from shop_reports.country_revenue
        order by country collate \"C\"";
    assert_eq!(held(countries), country_revenue(&lines));
    let products = "select place, stock_code, description, revenue, units from shop_reports.top_products where place <= 10 order by 1";
    assert_eq!(held(products), top_products(&lines));

    let versions = "select count(distinct dbt_valid_from) from shop_history.snap_list_prices";
    assert_eq!(shop.sql(versions), "4");

    let state = "select md5(string_agg(f::text, '|' order by line_key)) from shop_ingestion.fct_sales as f";
    let history = "select md5(string_agg(h::text, '|' order by dbt_scd_id, dbt_valid_from)) from shop_history.snap_list_prices as h";
    let before = (shop.sql(state), shop.sql(history));
    shop.succeeds(&format!("build --vars 'loaded_until: {}'", DAYS[3]));
    assert!(before == (shop.sql(state), shop.sql(history)), "the last day, built again, changes no row");
    shop.succeeds(&format!("build --vars 'loaded_until: {}'", DAYS[1]));
    assert_eq!((shop.sql(count), shop.sql(history)), (rows[3].to_string(), before.1), "an earlier day, built again");
    assert_eq!(held(daily), daily_revenue(&lines));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_layers_of_the_example_build_by_themselves() {
    let shop = example_in(Sandbox::new());
    shop.succeeds("build");
    shop.succeeds("build --select ingestion_layer");
    shop.succeeds("build --select aggregation_layer");
    assert_eq!(shop.sql("select count(*) from shop_ingestion.fct_sales"), lines().len().to_string());
}
