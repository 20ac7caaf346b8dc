{# Runs those `hooks` that belong inside, or outside, the transaction, one statement each. #}
{% macro run_hooks(hooks, inside_transaction=true) -%}
  {%- for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) -%}
    {%- if not inside_transaction and loop.first -%}
      {%- call statement(auto_begin=inside_transaction) -%}
        commit;
      {%- endcall -%}
    {%- endif -%}
    {%- set text = render(hook.get('sql')) | trim -%}
    {%- if text -%}
      {%- call statement(auto_begin=inside_transaction) -%}
        {{- text -}}
      {%- endcall -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{# A hook as JSON text, which a `pre-hook` or `post-hook` may be; the blanks around it are part of the config that manifests are
   compared by, so they are dbt's. #}
{% macro make_hook_config(sql, inside_transaction) %}
    {{ tojson({'sql': sql, 'transaction': inside_transaction}) }}
{% endmacro %}

{% macro before_begin(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}

{% macro in_transaction(sql) %}
    {{ make_hook_config(sql, inside_transaction=true) }}
{% endmacro %}

{% macro after_commit(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}
