#!/usr/bin/env bash
# A bundle for machines without internet: bundle.sh [OUTPUT.tar.gz]. It holds Backstride and all it needs as wheels.
# ARCH=aarch64 makes one for Raspberry Pis on another machine; KEY=FILE signs it (an Ed25519 key, PEM:
# openssl genpkey -algorithm ed25519 -out update.key; openssl pkey -in update.key -pubout -out update.pub).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
arch=${ARCH:-$(uname -m)}
extras=${EXTRAS:-unit,hub,fit}
output=${1:-build/backstride-$version-$arch.tar.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/backstride-$version
mkdir -p "$bundle/wheels"

echo "== backstride $version"
rm -rf build/lib build/bdist.*  # else setuptools packs files that are gone
"$python" -m pip wheel -q --disable-pip-version-check --no-deps -w "$bundle/wheels" .
echo "== what it needs, for $arch"
wanted=("$bundle"/wheels/backstride-*.whl)
if [ "$arch" = "$(uname -m)" ]; then
    "$python" -m pip wheel -q --disable-pip-version-check -c constraints.txt -w "$bundle/wheels" \
        "${wanted[0]}[$extras]"
else
    # pip asks this machine, not that one, whether a requirement is for its processor.
    only_there=()
    [ "$arch" != aarch64 ] || only_there=(lgpio)
    "$python" -m pip download -q --disable-pip-version-check -c constraints.txt -d "$bundle/wheels" \
        --only-binary :all: --python-version "${PYTHON_VERSION:-3.11}" --implementation cp \
        --platform "manylinux_2_34_$arch" --platform "manylinux_2_28_$arch" --platform "manylinux_2_17_$arch" \
        --platform "manylinux2014_$arch" "${wanted[0]}[$extras]" "${only_there[@]}"
fi
cp -r deploy "$bundle/deploy"
echo "$version" >"$bundle/VERSION"
(cd "$bundle" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/sums"
mv "$work/sums" "$bundle/SHA256SUMS"
mkdir -p "$(dirname "$output")"
tar -C "$work" --owner=0 --group=0 --sort=name -czf "$output" "backstride-$version"
if [ -n "${KEY:-}" ]; then
    openssl pkeyutl -sign -rawin -inkey "$KEY" -in "$output" -out "$output.sig"
    echo "== signed: $output.sig"
fi
echo "== $output ($(du -h "$output" | cut -f1))"
