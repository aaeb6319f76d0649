#!/bin/sh
# Installs what the tests marked "browser" need: Chromium, node, and the modules of tests/browser. Where that cannot be
# done (no root, no Debian, no network) it says so, and the tests skip and say so too.
set -u
cd "$(dirname "$0")/.."

install() {
    if ! command -v chromium >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null || return 1
    fi
    if ! command -v npm >/dev/null; then
        apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null || return 1
    fi
    npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent
}

install || echo ".ci/browser.sh: the browser tests will be skipped, for the lines above" >&2
