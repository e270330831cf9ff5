#!/bin/sh
# Makes the sample models again and writes their folders under models/samples:
#   models/training/train.sh [bearing-condition|bearing-condition-1.1.0|digit-reader|host-load]...     (default: all of these)
# Or for tests and the demo, with faulty: models/faulty, releases to be undone, made of bearing-condition-1.1.0; with
# bearing-condition-last-layer or digit-reader-last-layer: a model whose last layer alone was taught again.
# Fetches PyTorch from Maven Central, and the handwritten digits from Debian's package python3-sklearn, which it unpacks into
# a temporary folder and does not install. On other systems: FULMAR_DIGITS=/path/to/sklearn/datasets/data/digits.csv.gz
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
[ $# -gt 0 ] || set -- bearing-condition bearing-condition-1.1.0 digit-reader host-load
models=$(IFS=,; echo "$*")
digits=${FULMAR_DIGITS:-none}

case ",$models," in
    *,digit-reader*)
        if [ "$digits" = none ]; then
            unpacked=$(mktemp -d)
            trap 'rm -rf "$unpacked"' EXIT
            chmod 755 "$unpacked"
            (cd "$unpacked" && apt-get -qq -o APT::Sandbox::User=root download python3-sklearn) || {
                echo "train.sh: could not fetch python3-sklearn. Run apt-get update, or set FULMAR_DIGITS to a digits.csv.gz." >&2
                exit 1
            }
            dpkg-deb -x "$unpacked"/python3-sklearn_*.deb "$unpacked"
            digits=$unpacked/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz
        fi
        ;;
esac

cd "$root"
./mvnw -q -Ptraining -pl models/training -am -DskipTests -Dtraining.skip=false \
    -Dtraining.models="$models" -Dtraining.digits="$digits" package
