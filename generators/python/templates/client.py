class {{ name }}(codegen.{{ base }}):
{%- if let Some(doc) = doc %}
{{ doc }}
{% endif %}
    __slots__ = ()
{%- for method in methods %}
{% include "method.py" %}
{%- endfor %}
