{# Names that projects with Python models call. The models themselves cannot be built on Postgres. #}
{% macro resolve_model_name(input_model_name) -%}
  {{- adapter.dispatch('resolve_model_name', 'dbt')(input_model_name) -}}
{%- endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{- input_model_name | string | replace('"', '\\"') -}}
{%- endmacro %}

{# Python that tells a model where its parents are. #}
{% macro build_ref_function(model) -%}
  {%- set names = {} -%}
  {%- for call in model.refs -%}
    {%- set target = ref(call.package, call.name, v=call.version) if call.package else ref(call.name, v=call.version) -%}
    {%- set name = (call.package ~ '.' if call.package else '') ~ call.name ~ ('.v' ~ call.version if call.version is not none else '') -%}
    {%- do names.update({name: resolve_model_name(target)}) -%}
  {%- endfor -%}
def ref(*args, **kwargs):
    refs = {{ names | tojson }}
    key = ".".join(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        key += f".v{version}"
    return kwargs["dbt_load_df_function"](refs[key])
{%- endmacro %}

{% macro build_source_function(model) -%}
  {%- set names = {} -%}
  {%- for call in model.sources -%}
    {%- do names.update({call | join('.'): resolve_model_name(source(call[0], call[1]))}) -%}
  {%- endfor -%}
def source(*args, dbt_load_df_function):
    sources = {{ names | tojson }}
    return dbt_load_df_function(sources[".".join(args)])
{%- endmacro %}

{% macro build_config_dict(model) -%}
  {%- set wanted = {} -%}
  {%- for key, default in model.config.get('config_keys_defaults', {}).items() -%}
    {%- do wanted.update({key: default}) -%}
  {%- endfor -%}
  {%- for key in model.config.get('config_keys_used', []) -%}
    {%- do wanted.update({key: model.config.get(key, wanted.get(key))}) -%}
  {%- endfor -%}
config_dict = {{ wanted }}
{%- endmacro %}

{% macro py_script_comment() -%}
{%- endmacro %}

{# What stands below the text of a Python model: the objects that its function is called with. #}
{% macro py_script_postfix(model) -%}
{{ build_ref_function(model) }}

{{ build_source_function(model) }}

{{ build_config_dict(model) }}

class config:
    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

class this:
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"
    def __repr__(self):
        return '{{ this | string | replace("'", "\\'") }}'

class dbtObj:
    def __init__(self, load_df_function):
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

{{ py_script_comment() }}
{%- endmacro %}
