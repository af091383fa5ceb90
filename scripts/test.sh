#!/usr/bin/env bash
# Installs what the tests need, checks everything, runs all tests. The last line is "N passed, N failed".
set -euo pipefail

# shellcheck source=scripts/prepare.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/prepare.sh"
root=$(find_root "${BASH_SOURCE[0]}")
cd "$root"
report=''
is_counted=false

# However it ends, there is a last line, and it is true: what kept the tests from running counts as a failure.
finish() {
  local status=$?
  $is_counted || echo "0 passed, 1 failed"
  [ -z "$report" ] || rm -f "$report"
  exit "$status"
}
trap finish EXIT

require_node
mkdir -p data/run
install_packages
./scripts/install_test_zookeeper.sh
build
report=$(mktemp)

failed_checks=0
check() {
  local name=$1
  shift
  say "--- $name"
  "$@" || {
    say "$name failed"
    failed_checks=$((failed_checks + 1))
  }
}
check "types" npm run --silent typecheck
check "lint" npm run --silent lint
check "format" npm run --silent format:check

say "--- tests"
test_status=0
CORECACHE_SKIP_BUILD=1 npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || test_status=$?

counts=$(node -e '
  const [path, checks, status] = process.argv.slice(1);
  let passed = 0;
  let failed = Number(checks);
  let told = 0;
  try {
    const report = JSON.parse(require("node:fs").readFileSync(path, "utf8"));
    passed = report.numPassedTests;
    // A file that does not load has no tests to fail.
    const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")).length;
    told = report.numFailedTests + brokenFiles;
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`);
  }
  // vitest may fail without a failed test: a crash, an error outside of tests.
  if (told === 0 && status !== "0") told = 1;
  failed += told;
  console.log(`${passed} passed, ${failed} failed`);
' "$report" "$failed_checks" "$test_status")
is_counted=true
echo "$counts"
case $counts in *", 0 failed") exit 0 ;; *) exit 1 ;; esac
