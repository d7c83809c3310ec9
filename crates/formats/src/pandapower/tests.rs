use super::*;

#[test]
fn words_that_json_does_not_have_become_null_outside_of_texts() {
    let text = r#"{"a": NaN, "b": [-Infinity,1], "c": "NaN \" Infinity"}"#;
    assert_eq!(without_nan(text), r#"{"a": null, "b": [null,1], "c": "NaN \" Infinity"}"#);
}
