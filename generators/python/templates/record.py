@dataclass({% if frozen %}frozen=True, {% endif %}slots=True)
class {{ name }}:
{%- if let Some(doc) = doc %}
{{ doc }}
{%- endif %}
{%- if doc.is_some() && !fields.is_empty() %}
{% endif %}
{%- for field in fields %}
    {{ field.name }}: {{ field.annotation }}{% if field.sensitive %} = dataclasses.field(repr=False){% endif %}
{%- if let Some(doc) = field.doc %}
{{ doc }}
{%- endif %}
{%- endfor %}
{%- if doc.is_none() && fields.is_empty() %}
    pass
{%- endif %}
