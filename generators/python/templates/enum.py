class {{ name }}(enum.Enum):
{%- if let Some(doc) = doc %}
{{ doc }}
{% endif %}
{%- for member in members %}
    {{ member.name }} = {{ member.index }}
{%- if let Some(doc) = member.doc %}
{{ doc }}
{%- endif %}
{%- endfor %}
