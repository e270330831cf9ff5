package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.model.pack.PackageReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A publisher's package on its way into the catalogue of a fleet. */
class PublishCommandTest {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path dir;

    @BeforeEach
    void pack() {
        assertThat(run("model", "pack", SAMPLE.toString(), "-o", at("p"))).isZero();
        assertThat(run("model", "keygen", at("anna.key"))).isZero();
    }

    @Test
    void aReleaseIsPublishedOnceAndListedWithEveryBlobOfIt() {
        assertThat(run("fleet", "models", "--data", at("fleet"))).isZero();
        assertThat(out.toString()).contains("nothing was published here");

        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isZero();
        assertThat(out.toString())
                .contains("bearing-condition 1.0.0, release 1: published")
                .contains("does not ask for it")
                .contains("cases passed");
        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isZero();
        assertThat(out.toString()).contains("was published before; nothing has changed");

        assertThat(run("fleet", "models", "--data", at("fleet"))).isZero();
        assertThat(out.toString()).contains("MODEL").contains("bearing-condition  1.0.0");
        Catalog catalog = new Catalog(dir.resolve("fleet"));
        List<Published> all = catalog.list();
        assertThat(all).hasSize(1);
        assertThat(catalog.find(all.getFirst().manifestDigest())).isNotNull();
        assertThat(all.getFirst().manifest().files())
                .allSatisfy(file -> assertThat(catalog.find(file.sha256())).hasSize(file.size()));
        assertThat(catalog.find("ab".repeat(32))).isNull();
    }

    @Test
    void theSameReleaseNumberWithAnotherContentIsRefused() throws IOException {
        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isZero();
        Path other = dir.resolve("other");
        copy(SAMPLE, other);
        Path toml = other.resolve("model.toml");
        Files.writeString(toml, Files.readString(toml).replace("version = \"1.0.0\"", "version = \"1.0.1\""));
        assertThat(run("model", "pack", other.toString(), "-o", at("p2"))).isZero();

        assertThat(run("fleet", "publish", at("p2"), "--data", at("fleet"))).isNotZero();
        assertThat(err.toString())
                .contains("release 1 of bearing-condition was published before, with another content (1.0.0)")
                .contains("higher release number");
    }

    @Test
    void whereTheTrustRootNamesReleasersOnlyWhatTheySignedIsPublished() {
        assertThat(run("fleet", "key", "trust", at("trust.json"), "--release", at("anna.key.pub")))
                .isZero();
        Path data = dir.resolve("fleet");
        assertThat(data.toFile().mkdirs()).isTrue();
        assertThat(dir.resolve("trust.json")
                        .toFile()
                        .renameTo(data.resolve("trust.json").toFile()))
                .isTrue();

        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isNotZero();
        assertThat(err.toString()).contains("no release statement");

        assertThat(run("model", "keygen", at("eve.key"))).isZero();
        assertThat(run("model", "sign", at("p"), "--key", at("eve.key"))).isZero();
        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isNotZero();
        assertThat(new Catalog(data).list()).isEmpty();

        assertThat(run("model", "sign", at("p"), "--key", at("anna.key"))).isZero();
        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("by enough keys of the role release");
        assertThat(new Catalog(data).list().getFirst().statement()).contains("payloadType");
    }

    @Test
    void aPublicKeyWithoutARoleIsNotTakenForATrustRoot() {
        assertThat(run("fleet", "key", "trust", at("anna.key.pub"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("is a public key: say what it may sign with --operator");
    }

    @Test
    void aDamagedPackageIsRefusedAndLeavesNothingBehind() throws IOException {
        Path model = dir.resolve("p/blobs/sha256")
                .resolve(PackageReader.open(dir.resolve("p")).manifest().model().sha256());
        byte[] bytes = Files.readAllBytes(model);
        bytes[bytes.length / 2] ^= 1;
        Files.write(model, bytes);

        assertThat(run("fleet", "publish", at("p"), "--data", at("fleet"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("hint:");
        assertThat(run("fleet", "publish", at("nothing"), "--data", at("fleet")))
                .isEqualTo(ExitCode.FAILED);
        assertThat(new Catalog(dir.resolve("fleet")).list()).isEmpty();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    private String at(String name) {
        return dir.resolve(name).toString();
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
