"""What counts as a test that is there: a document that names another one is wrong."""

import pytest
from named_tests import contract_tests, found_in, missing, python_tests, rust_tests, typescript_tests

PYTHON = """
@pytest.mark.skip
def test_a(): ...
def test_b(): ...
class TestC:
    def test_d(self): ...
    @pytest.mark.xfail(reason="broken")
    def test_e(self): ...
@pytest.mark.skipif(True, reason="never")
class TestF:
    def test_g(self): ...
def test_h():
    if not ready():
        pytest.skip("not ready")
# def test_i(): ...
def j(): ...
class TestK(TestC):
    def helper(self): ...
"""
RUST = """
#[test]
fn a() {}
#[tokio::test(start_paused = true)]
// why
async fn b() {}
fn c() {}
#[test]
#[ignore = "slow"]
fn d() {}
#[test]
#[ignore = "asks the local AWS: make test-records"]
fn e() {}
#[ignore = "slow, [see] there"]
#[test]
fn f() {}
// #[test]
// fn g() {}
fn h() {}
proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    /// Why.
    #[test]
    fn i(number in 0..9_u8) { prop_assert!(number < 9); }
}
#[test_only]
fn j() {}
"""
CONTRACT = """
        #[tokio::test]
        $(#[$attribute])*
        async fn $test() {}
        #[tokio::test]
        $(#[$attribute])*
        async fn an_old_record_is_read() {}
        $crate::contract!(@ [$(#[$attribute])*] $store;
            a_record_is_there,
            an_id_is_taken_once
        );
"""
TYPESCRIPT = """
describe('a list', () => {
  it('is read', () => {});
  it.each([1, 2])('has %s', (number) => {});
  it("is somebody's", async () => {});
  it.skip('is left out', () => {});
  it.todo('is to come');
  // it('is a comment', () => {});
  /* it('is another', () => {}); */
});
test('walks', async ({ page }) => {});
"""


def test_what_is_no_test_or_does_not_run_is_found():
    assert python_tests(PYTHON) == {"test_b", "TestC::test_d"}
    assert python_tests(f"pytestmark = [pytest.mark.skip]\n{PYTHON}") == set()
    assert rust_tests(RUST) == {"a", "b", "e", "i"}
    assert typescript_tests(TYPESCRIPT) == {"is read", "is somebody's", "walks"}


def test_the_tests_that_a_macro_makes_are_known_by_its_list():
    assert contract_tests(CONTRACT) == {"an_old_record_is_read", "a_record_is_there", "an_id_is_taken_once"}


@pytest.mark.parametrize(
    "line", ["it.only('is alone', () => {});", "describe.skip('others', () => {", "test.skip();", "test.describe.fixme('x', () => {"]
)
def test_what_leaves_out_tests_elsewhere_leaves_out_the_file(line):
    assert typescript_tests(TYPESCRIPT + line) == set()


def test_a_test_is_looked_for_in_its_file(tmp_path):
    (tmp_path / "test_some.py").write_text(PYTHON)
    (tmp_path / "some.py").write_text(PYTHON)
    (tmp_path / "some.rs").write_text(RUST)
    (tmp_path / "walk.test.ts").write_text(TYPESCRIPT)
    (tmp_path / "walk.ts").write_text(TYPESCRIPT)
    good = "`test_some.py::test_b` `test_some.py::TestC::test_d` `some.rs::i` `walk.test.ts::is somebody's`"
    assert missing(good, tmp_path) == []
    bad = "`test_some.py::test_a` `some.py::test_b` `some.rs::c` `walk.ts::walks` `walk.test.ts::is left out` `gone.rs::a`"
    assert missing(f"{good} {bad}", tmp_path) == sorted(bad.strip("`").split("` `"))
    assert found_in("gone.rs", tmp_path) == set()


def test_the_contract_of_the_records_is_found_where_a_store_keeps_it(repository):
    for store in ("memory", "dynamodb"):
        found = found_in(f"shared/adapters/{store}/tests/contract.rs", repository)
        assert {"an_id_is_taken_once", "there_are_no_more_pipelines_than_the_quotas_allow"} <= found
        assert len(found) > 15
