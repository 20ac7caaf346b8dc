{# With an enforced contract a table that stays is declared first, with its constraints, and then filled. #}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
  {%- set kind = 'temporary' if temporary else ('unlogged' if config.get('unlogged', default=false) else '') -%}
  {%- set contract = config.get('contract') -%}
  {{ config.get('sql_header', none) or '' }}
create {{ kind ~ ' ' if kind }}table {{ relation.render() }}
  {%- if contract and contract.enforced -%}
    {{- get_assert_columns_equivalent(sql) -}}
  {%- endif -%}
  {%- if contract and contract.enforced and not temporary %}
{{ get_table_columns_and_constraints() }};
insert into {{ relation.render() }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
(
{{ get_select_subquery(sql) }}
);
  {%- else %} as (
{{ sql }}
);
  {%- endif -%}
{%- endmacro %}
