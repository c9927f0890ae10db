//! `docs/openapi.json` is what the types say.

#[test]
fn the_document_in_docs_is_fresh() {
    let kept = include_str!("../../../docs/openapi.json");
    assert!(
        kept == openapi::document(),
        "docs/openapi.json is stale: run `make openapi`"
    );
}
