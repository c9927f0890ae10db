//! What requests may hold because clients send back what they read. It is ignored, so no type has it.

use domain::pipeline::SHOWN_WITH_STAGE;
use utoipa::{
    Modify,
    openapi::{ObjectBuilder, OpenApi, RefOr, Schema, schema::SchemaType},
};

/// Lets stages of requests hold what a pipeline shows of them.
pub(crate) struct StagesAreSentBack;

impl Modify for StagesAreSentBack {
    fn modify(&self, document: &mut OpenApi) {
        let schemas = document
            .components
            .iter_mut()
            .filter_map(|components| components.schemas.get_mut("StageRequest"));
        for schema in schemas {
            let RefOr::T(Schema::Object(stage)) = schema else {
                continue;
            };
            for name in SHOWN_WITH_STAGE {
                let ignored = ObjectBuilder::new()
                    .schema_type(SchemaType::AnyValue)
                    .description(Some("As a pipeline shows it: ignored"))
                    .build();
                stage
                    .properties
                    .insert(name.to_owned(), RefOr::T(Schema::Object(ignored)));
            }
        }
    }
}
