{% if let Some(note) = method.deprecated %}
{{ note }}
{%- endif %}
{{ method.signature }}
{%- if let Some(doc) = method.doc %}
{{ doc }}
{%- endif %}
{%- if let Some(body) = method.body %}
{{ body }}
{%- endif %}