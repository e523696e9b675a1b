class {{ name }}(codegen.{{ base }}):
{%- if let Some(doc) = doc %}
{{ doc }}
{% endif %}
    __slots__ = ()
{%- for method in methods %}
{% if let Some(note) = method.deprecated %}
    @codegen.deprecated({{ note }})
{%- endif %}
{{ method.signature }}
{%- if let Some(doc) = method.doc %}
{{ doc }}
{%- endif %}
{{ method.body }}
{%- endfor %}
