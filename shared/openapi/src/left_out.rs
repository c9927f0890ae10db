//! A parameter or a body that is not needed is left out: there is no way to send a parameter that is null, and null is no body that
//! the API takes.

use utoipa::{
    Modify,
    openapi::{
        OpenApi, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

use crate::operations::operations;

/// Takes null out of the schemas of parameters and bodies.
pub(crate) struct LeftOutIsNotNull;

impl Modify for LeftOutIsNotNull {
    fn modify(&self, document: &mut OpenApi) {
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    parameter.schema.iter_mut().for_each(without_null);
                }
            }
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                for content in body.content.values_mut() {
                    if let RefOr::T(content) = content {
                        content.schema.iter_mut().for_each(without_null);
                    }
                }
            }
        }
    }
}

fn without_null(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(one_of)) = schema else {
        return;
    };
    one_of.items.retain(|item| !is_null(item));
    if let [only] = one_of.items.as_slice() {
        *schema = only.clone();
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}
