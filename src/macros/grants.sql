{# Privileges. `grants` of a node says who may do what on its relation; a kept relation also loses what is not there. #}

{# Whether grants outlive the relation being built anew. #}
{% macro copy_grants() -%}
  {{- return(adapter.dispatch('copy_grants', 'dbt')()) -}}
{%- endmacro %}

{% macro default__copy_grants() -%}
  {{- return(true) -}}
{%- endmacro %}

{% macro support_multiple_grantees_per_dcl_statement() -%}
  {{- return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) -}}
{%- endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() -%}
  {{- return(true) -}}
{%- endmacro %}

{# Whether there can be privileges to take back. #}
{% macro should_revoke(existing_relation, full_refresh_mode=true) -%}
  {%- if not existing_relation -%}
    {{- return(false) -}}
  {%- elif full_refresh_mode -%}
    {{- return(copy_grants()) -}}
  {%- endif -%}
  {{- return(true) -}}
{%- endmacro %}

{% macro get_show_grant_sql(relation) -%}
  {{- return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_show_grant_sql(relation) -%}
show grants on {{ relation.render() }}
{%- endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) -%}
  {{- return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) -}}
{%- endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}

{% macro get_revoke_sql(relation, privilege, grantees) -%}
  {{- return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) -}}
{%- endmacro %}

{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
revoke {{ privilege }} on {{ relation.render() }} from {{ grantees | join(', ') }}
{%- endmacro %}

{# One statement for each privilege, or for each privilege and grantee. #}
{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {{- return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) -}}
{%- endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {%- set statements = [] -%}
  {%- for privilege, grantees in grant_config.items() -%}
    {%- if support_multiple_grantees_per_dcl_statement() -%}
      {%- if grantees -%}
        {%- do statements.append(get_dcl_macro(relation, privilege, grantees)) -%}
      {%- endif -%}
    {%- else -%}
      {%- for grantee in grantees -%}
        {%- do statements.append(get_dcl_macro(relation, privilege, [grantee])) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(statements) -}}
{%- endmacro %}

{% macro call_dcl_statements(dcl_statement_list) -%}
  {{- return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) -}}
{%- endmacro %}

{% macro default__call_dcl_statements(dcl_statement_list) -%}
  {%- call statement() -%}
    {%- for text in dcl_statement_list %}
{{ text }};
    {%- endfor -%}
  {%- endcall -%}
{%- endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke) -%}
  {{- return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) -}}
{%- endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=true) -%}
  {%- if grant_config -%}
    {%- if should_revoke -%}
      {%- set present = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) -%}
      {%- set to_grant = diff_of_two_dicts(grant_config, present) -%}
      {%- set to_revoke = diff_of_two_dicts(present, grant_config) -%}
      {%- if not (to_grant or to_revoke) -%}
        {%- do log('On ' ~ relation.render() ~ ': All grants are in place, no revocation or granting needed.') -%}
      {%- endif -%}
    {%- else -%}
      {%- set to_grant = grant_config -%}
      {%- set to_revoke = {} -%}
    {%- endif -%}
    {%- set statements = get_dcl_statement_list(relation, to_revoke, get_revoke_sql)
          + get_dcl_statement_list(relation, to_grant, get_grant_sql) -%}
    {%- if statements -%}
      {%- do call_dcl_statements(statements) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
