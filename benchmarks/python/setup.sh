#!/bin/sh
# Installs what is measured, pinned, and generates its code, all of it beside this file. RAPACE is the `rapace` command.
set -eu
cd "$(dirname "$0")"
python=.venv/bin/python
[ -x "$python" ] || "${PYTHON:-python3}" -m venv .venv
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt

rm -rf generated
mkdir -p generated/with_protobuf generated/with_protobuf_py generated/with_betterproto2
"${RAPACE:-rapace}" gen --lang python --out generated/rapace "${1:-api.json}"
protoc="$python -m grpc_tools.protoc -I ../proto workload.proto"
$protoc --python_out=generated/with_protobuf --grpc_python_out=generated/with_protobuf
PATH="$PWD/.venv/bin:$PATH"
$protoc --python_betterproto2_out=generated/with_betterproto2
$protoc --py_out=generated/with_protobuf_py --connectrpc_out=generated/with_protobuf_py
