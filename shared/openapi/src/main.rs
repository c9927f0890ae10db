//! Prints the API's OpenAPI document: `make openapi` keeps it in `docs/openapi.json`.

fn main() {
    print!("{}", openapi::document());
}
