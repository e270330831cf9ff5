package io.fulmar.cli.model;

import io.fulmar.cli.MakeKey;
import picocli.CommandLine.Command;

/** {@code fulmar model keygen}: makes a key that releases are signed with. */
@Command(
        name = "keygen",
        description = {
            "Makes an Ed25519 key pair to sign releases with: FILE, which only you can read, and FILE.pub, for everybody.",
            "Nothing is overwritten. Whoever has FILE can release models: keep it off every machine that is on line."
        })
final class KeygenCommand extends MakeKey {}
