//! The documentation of a project: `catalog.json`, the page that shows it with the manifest, and the server of that page.

mod catalog;
mod server;
mod site;

pub use catalog::{Catalog, questions};
pub use server::Server;
pub use site::{copy_assets, write_page, write_static_page};
