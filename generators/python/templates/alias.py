{{ assignment }}
{%- if let Some(doc) = doc %}
{{ doc }}
{%- endif %}
