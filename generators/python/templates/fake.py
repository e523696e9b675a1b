class {{ name }}:
{{ doc }}
{% if is_wide %}
    # fmt: off
{%- endif %}
{{ signature }}
{%- for answer in answers %}
        {{ receiver }}._{{ answer }} = {{ answer }}
{%- endfor %}
{%- if answers.is_empty() %}
        pass
{%- endif %}
{%- if is_wide %}
    # fmt: on
{%- endif %}
{%- for method in methods %}
{% include "method.py" %}
{%- endfor %}
