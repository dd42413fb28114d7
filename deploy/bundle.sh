#!/usr/bin/env bash
# A bundle for machines without internet: bundle.sh [OUTPUT.tar.gz]. It holds Backstride and all it needs as wheels,
# for each Python that pyproject.toml names, or for PYTHONS="3.11 3.13"; bundle.sh --pythons says for which.
# ARCH=aarch64 makes one for Raspberry Pis on another machine; KEY=FILE signs it (an Ed25519 key, PEM:
# openssl genpkey -algorithm ed25519 -out update.key; openssl pkey -in update.key -pubout -out update.pub).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
python=${PYTHON:-.venv/bin/python}
pythons=${PYTHONS:-$(sed -nE 's/^ *"Programming Language :: Python :: (3\.[0-9]+)",$/\1/p' pyproject.toml | xargs)}
if [ "${1:-}" = --pythons ]; then
    echo "$pythons"
    exit 0
fi
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
arch=${ARCH:-$(uname -m)}
extras=${EXTRAS:-unit,hub,fit,influx,alerts,report}
output=${1:-build/backstride-$version-$arch.tar.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/backstride-$version
mkdir -p "$bundle/wheels"

echo "== backstride $version"
rm -rf build/lib build/bdist.*  # else setuptools packs files that are gone
"$python" -m pip wheel -q --disable-pip-version-check --no-deps -w "$bundle/wheels" .
platforms=()
for platform in manylinux_2_34 manylinux_2_28 manylinux_2_17 manylinux2014; do
    platforms+=(--platform "${platform}_$arch")
done
for each in $pythons; do
    echo "== what it needs, for Python $each on $arch"
    mapfile -t needed < <("$python" deploy/needed.py "$each" "$arch" "$extras")
    [ ${#needed[@]} -gt 0 ] || exit 1
    "$python" -m pip download -q --disable-pip-version-check -c constraints.txt -d "$bundle/wheels" \
        --only-binary :all: --python-version "$each" --implementation cp "${platforms[@]}" \
        "${needed[@]}"
done
echo "$pythons" >"$bundle/PYTHONS"
cp -r deploy "$bundle/deploy"
echo "$version" >"$bundle/VERSION"
echo "$arch" >"$bundle/ARCH"
cp CHANGELOG.md "$bundle/CHANGELOG.md"
"$python" deploy/sbom.py "$bundle" >"$bundle/sbom.cdx.json"
(cd "$bundle" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/sums"
mv "$work/sums" "$bundle/SHA256SUMS"
mkdir -p "$(dirname "$output")"
cp "$bundle/sbom.cdx.json" "${output%.tar.gz}.cdx.json"
tar -C "$work" --owner=0 --group=0 --sort=name -czf "$output" "backstride-$version"
if [ -n "${KEY:-}" ]; then
    openssl pkeyutl -sign -rawin -inkey "$KEY" -in "$output" -out "$output.sig"
    echo "== signed: $output.sig"
fi
echo "== what is in it: ${output%.tar.gz}.cdx.json (CycloneDX)"
echo "== $output ($(du -h "$output" | cut -f1))"
