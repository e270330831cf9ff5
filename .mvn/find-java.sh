# Sourced by ./mvnw and ./fulmar.
# fulmar_find_java_home TOOL: prints the home of a Java of at least version 25 that has bin/TOOL (java or javac).
# Looks at FULMAR_JAVA_HOME and JAVA_HOME first, then the default java, then the usual folders.

FULMAR_JAVA_VERSION=25

fulmar_java_major() { # HOME: prints the major version written in HOME/release
    [ -r "$1/release" ] && sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" | head -n 1
}

fulmar_find_java_home() {
    default=$(command -v java 2>/dev/null || true)
    [ -z "$default" ] || default=$(dirname -- "$(dirname -- "$(readlink -f -- "$default")")")
    for home in "${FULMAR_JAVA_HOME:-}" "${JAVA_HOME:-}" "$default" \
        /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
        [ -n "$home" ] && [ -x "$home/bin/$1" ] || continue
        major=$(fulmar_java_major "$home")
        if [ "${major:-0}" -ge "$FULMAR_JAVA_VERSION" ]; then
            printf '%s\n' "$home"
            return 0
        fi
    done
    echo "fulmar: no JDK $FULMAR_JAVA_VERSION found. Install one (Debian 13: apt-get install openjdk-25-jdk-headless; else Eclipse Temurin 25), or set JAVA_HOME to it." >&2
    return 1
}
