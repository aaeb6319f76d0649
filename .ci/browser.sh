#!/bin/sh
# Installs what the tests marked "browser" need: Chromium, node, and the modules of tests/browser.
set -eu
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null || ! command -v npm >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-liberation nodejs npm >/dev/null
fi
npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent
