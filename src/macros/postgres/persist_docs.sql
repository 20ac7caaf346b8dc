{# A comment as a literal of SQL. #}
{% macro postgres_escape_comment(comment) -%}
  {%- if comment is not string -%}
    {%- do exceptions.raise_compiler_error('cannot store a comment that is no text: ' ~ comment) -%}
  {%- endif -%}
  {#- The form with E also holds where `standard_conforming_strings` is off. -#}
  {{- "E'" ~ (comment | replace('\\', '\\\\') | replace("'", "''")) ~ "'" -}}
{%- endmacro %}

{% macro postgres__alter_relation_comment(relation, comment) -%}
comment on {{ relation.type | replace('_', ' ') }} {{ relation.render() }} is {{ postgres_escape_comment(comment) }};
{%- endmacro %}

{# Asks for the relation's columns first: one name too many in a YAML file must not fail the node. #}
{% macro postgres__alter_column_comment(relation, column_dict) -%}
  {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
  {%- for name, column in validate_doc_columns(relation, column_dict, names).items() -%}
    {%- if column.get('description') %}
comment on column {{ relation.render() }}.{{ adapter.quote(postgres__stored_name(name, column, names)) }} is {{ postgres_escape_comment(column['description']) }};
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{# How the relation spells a column that the YAML file may spell in another case. #}
{% macro postgres__stored_name(name, column, existing_names) -%}
  {%- if name in existing_names or column.get('quote') -%}
    {{- return(name) -}}
  {%- endif -%}
  {%- for existing in existing_names if existing | lower == name | lower -%}
    {{- return(existing) -}}
  {%- endfor -%}
{%- endmacro %}
