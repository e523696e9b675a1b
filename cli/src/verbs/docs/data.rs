//! What the page's script needs to call methods: types and methods as plain data, with what limits need counted here.

use rapace_schema::{
    Api, DecodedSizes, Fields, Groups, Method, MethodKind, MinSizes, Style, TypeDef, TypeKind, TypeRef, groups,
};
use serde_json::{Map, Value, json};

use super::signature::scalar_name;

/// Types by name, and methods as `Service.method` in order.
pub(super) fn data(api: &Api) -> Value {
    let groups = groups(api);
    let plan = Plan {
        sizes: DecodedSizes::of(api),
        min_sizes: MinSizes::of(&groups),
        groups,
    };
    let types = api.types.iter().map(|def| (def.name.clone(), plan.def(def)));
    let methods = api.services.iter().flat_map(|service| {
        let of_service = service.methods.iter();
        of_service.map(|method| plan.method(&format!("{}.{}", service.name, method.name), method))
    });
    json!({
        "types": types.collect::<Map<_, _>>(),
        "methods": methods.collect::<Vec<_>>(),
        "aliases": api.aliases.iter().map(|alias| alias.name.as_str()).collect::<Vec<_>>(),
        "codes": rapace_wire::status::CODES
            .iter()
            .map(|(name, code)| (code.to_string(), Value::from(*name)))
            .collect::<Map<_, _>>(),
        "services": api.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(),
    })
}

struct Plan<'a> {
    groups: Groups<'a>,
    sizes: DecodedSizes<'a>,
    min_sizes: MinSizes<'a>,
}

impl Plan<'_> {
    fn method(&self, name: &str, method: &Method) -> Value {
        let arguments = method.arguments.iter();
        json!({
            "name": name,
            "id": method.id,
            "stream": method.kind == MethodKind::ServerStreaming,
            "arguments": arguments.map(|argument| json!([argument.name, self.ty(&argument.ty)])).collect::<Vec<_>>(),
            "response": self.ty(&method.response),
        })
    }

    fn def(&self, def: &TypeDef) -> Value {
        let mut value = match &def.kind {
            TypeKind::Struct(fields) => json!({ "fields": self.fields(fields) }),
            TypeKind::Enum { variants } => {
                let variants = variants.iter();
                let variants = variants.map(|variant| json!([variant.name, self.fields(&variant.fields)]));
                json!({ "variants": variants.collect::<Vec<_>>() })
            }
        };
        if def.open {
            value["open"] = true.into();
        }
        if self.groups.is_recursive(&def.name) {
            value["recursive"] = true.into();
            value["body"] = self.sizes.body(&def.name).into();
        }
        value
    }

    fn fields(&self, fields: &Fields) -> Value {
        let types = || fields.fields.iter().map(|field| self.ty(&field.ty)).collect::<Vec<_>>();
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => Value::Null,
            (Style::Tuple, [field]) => json!({ "newtype": self.ty(&field.ty) }),
            (Style::Tuple, _) => json!({ "tuple": types() }),
            (Style::Struct, many) => {
                let fields = many.iter().map(|field| json!([field.name, self.ty(&field.ty)]));
                json!({ "struct": fields.collect::<Vec<_>>() })
            }
        }
    }

    fn ty(&self, ty: &TypeRef) -> Value {
        let is_empty = |ty| self.min_sizes.is_zero_sized(ty);
        match ty {
            TypeRef::Option(item) => json!({ "option": self.ty(item) }),
            TypeRef::List(item) | TypeRef::Set(item) => {
                json!({ "list": self.ty(item), "empty": is_empty(item), "size": self.sizes.item(item) })
            }
            TypeRef::Array { item, len } => json!({ "array": self.ty(item), "length": len, "empty": is_empty(item) }),
            TypeRef::Map { key, value } => json!({
                "map": [self.ty(key), self.ty(value)],
                "empty": is_empty(key) && is_empty(value),
                "size": self.sizes.entry(key, value),
            }),
            TypeRef::Tuple(items) => json!({ "tuple": items.iter().map(|item| self.ty(item)).collect::<Vec<_>>() }),
            TypeRef::Named(name) => json!({ "named": name }),
            TypeRef::Unit => "unit".into(),
            TypeRef::Bytes => "bytes".into(),
            TypeRef::String => "string".into(),
            scalar => scalar_name(scalar).into(),
        }
    }
}
