package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
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
    void afterARotationTheSameReleaseIsPublishedAgainWithTheSignaturesOfTheNewKeys() throws IOException {
        for (String key : List.of("bert.key", "root1.key", "root2.key")) {
            assertThat(run("model", "keygen", at(key))).isZero();
        }
        Path data = Files.createDirectory(dir.resolve("fleet"));
        Path first = data.resolve("trust.json");
        ok("fleet", "key", "trust", first.toString(), "--release", at("anna.key.pub"), "--root", at("root1.key.pub"));
        ok("model", "sign", at("p"), "--key", at("anna.key"));
        copy(dir.resolve("p"), dir.resolve("old"));
        ok("fleet", "publish", at("p"), "--data", data.toString());
        Published before = new Catalog(data).list().getFirst();

        ok(
                "fleet",
                "key",
                "trust",
                at("next.json"),
                "--follows",
                first.toString(),
                "--release",
                at("bert.key.pub"),
                "--root",
                at("root2.key.pub"));
        for (String key : List.of("root1.key", "root2.key")) {
            run(
                    "fleet",
                    "key",
                    "sign",
                    at("next.json"),
                    "-o",
                    at("next.signed"),
                    "--key",
                    at(key),
                    "--follows",
                    first.toString());
        }
        ok("fleet", "key", "rotate", at("next.signed"), "--data", data.toString());
        assertThat(err.toString())
                .contains("warning: devices do not take bearing-condition 1.0.0, release 1, any more")
                .contains("signed by 0 of the 1", "hint:", "publish it again and assign it again");
        assertThat(run("fleet", "publish", at("p"), "--data", data.toString())).isNotZero();

        ok("model", "sign", at("p"), "--key", at("bert.key"));
        ok("fleet", "publish", at("p"), "--data", data.toString());
        assertThat(out.toString())
                .contains("was published before; its statement has the signatures of this package, too")
                .contains("fulmar fleet assign bearing-condition@1");
        Catalog catalog = new Catalog(data);
        Published after = catalog.list().getFirst();
        assertThat(catalog.list()).hasSize(1);
        assertThat(signers(after)).hasSize(2);
        assertThat(after.publishedMillis()).isEqualTo(before.publishedMillis());
        assertThat(after.manifestDigest()).isEqualTo(before.manifestDigest());
        try (var blobs = Files.list(after.folder().resolve("blobs/sha256"));
                var original = Files.list(dir.resolve("p/blobs/sha256"))) {
            assertThat(blobs.map(Path::getFileName))
                    .as("what was replaced is gone")
                    .hasSameElementsAs(original.map(Path::getFileName).toList());
        }
        ok("fleet", "publish", at("p"), "--data", data.toString());
        assertThat(out.toString()).contains("nothing has changed");
        ok("fleet", "key", "rotate", at("next.signed"), "--data", data.toString());
        assertThat(err.toString()).isEmpty();

        assertThat(run("fleet", "publish", at("old"), "--data", data.toString()))
                .as("without the new keys")
                .isNotZero();
        assertThat(new Catalog(data).list().getFirst().statement()).isEqualTo(after.statement());
    }

    @Test
    void ofTwoStatementsAboutAReleaseTheNewerStaysAndTheirSignaturesAreNotMixed() throws IOException {
        copy(dir.resolve("p"), dir.resolve("older"));
        sign("older", 1_000, "anna.key");
        sign("p", 2_000, "anna.key");
        ok("fleet", "publish", at("older"), "--data", at("fleet"));
        ok("fleet", "publish", at("p"), "--data", at("fleet"));
        assertThat(out.toString()).contains("has the statement of this package from now on");
        Catalog catalog = new Catalog(dir.resolve("fleet"));
        String newer = catalog.list().getFirst().statement();
        ok("fleet", "publish", at("older"), "--data", at("fleet"));
        assertThat(out.toString()).contains("with a statement that was made later; nothing has changed");
        assertThat(catalog.list().getFirst().statement()).isEqualTo(newer);

        assertThat(run("model", "keygen", at("bert.key"))).isZero();
        copy(dir.resolve("p"), dir.resolve("berts"));
        sign("berts", 2_000, "bert.key");
        ok("fleet", "publish", at("berts"), "--data", at("fleet"));
        assertThat(signers(catalog.list().getFirst())).as("of both").hasSize(2);
    }

    private void sign(String folder, long issuedMillis, String key) throws IOException {
        PackageReader reader = PackageReader.open(dir.resolve(folder));
        PackageWriter.sign(
                reader,
                ReleaseStatement.of(reader.manifestBytes(), 1, issuedMillis, 9_000_000_000_000L)
                        .sign(SigningKey.read(dir.resolve(key))));
    }

    private static List<String> signers(Published release) {
        return Dsse.read(Objects.requireNonNull(release.statement()).getBytes(StandardCharsets.UTF_8))
                .keyIds();
    }

    private void ok(String... args) {
        assertThat(run(args)).as(String.join(" ", args) + ": " + err).isZero();
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
