class {{ name }}(typing.Protocol):
{{ doc }}
{%- for method in methods %}
{% include "method.py" %}
{%- endfor %}
