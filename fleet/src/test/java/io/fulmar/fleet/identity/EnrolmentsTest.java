package io.fulmar.fleet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.identity.RefusedException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(TestDatabase.class)
class EnrolmentsTest {
    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    private static final Duration LIFE = Duration.ofDays(90);
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path dir;

    private Instant now = Instant.parse("2026-11-21T20:00:00Z");

    @SuppressWarnings("NullAway.Init")
    private Enrolments enrolments;

    @BeforeEach
    void open() {
        database.in(dir);
        enrolments = new Enrolments(dir, Database.in(dir), FleetIdentity.openOrCreate(dir, () -> now), () -> now, LIFE);
    }

    private String token(String device) {
        return enrolments.invite(device, Set.of("presses"), HOUR).token();
    }

    private Enrolled enrol(String device, KeyPair key) throws RefusedException {
        return enrolments.enrol(token(device), TestRequest.of(key));
    }

    private static X509Certificate certificate(Enrolled enrolled) throws GeneralSecurityException {
        return Pem.certificate(enrolled.certificate());
    }

    private static void assertRefused(Reason reason, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void aTokenGivesACertificateThatSaysWhoTheDeviceIsWhateverItAskedToBe() throws Exception {
        KeyPair key = Certificates.newKey();
        Enrolled enrolled = enrol("press-1", key);
        X509Certificate certificate = certificate(enrolled);
        certificate.verify(enrolments.identity().ca().getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=press-1");
        assertThat(certificate.getPublicKey()).isEqualTo(key.getPublic());
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getSubjectAlternativeNames()).isNull();
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(now.plus(LIFE));
        assertThat(enrolled.groups()).containsExactly("presses");
    }

    @Test
    void aTokenIsForOneKeyWhichMayAskAgain() throws Exception {
        String token = token("press-1");
        KeyPair key = Certificates.newKey();
        Enrolled first = enrolments.enrol(token, TestRequest.of(key));
        assertThat(enrolments.enrol(token, TestRequest.of(key)).serial()).isEqualTo(first.serial());
        assertRefused(Reason.USED, () -> enrolments.enrol(token, TestRequest.of(Certificates.newKey())));
    }

    @Test
    void aTokenEnds() {
        String token = token("press-1");
        now = now.plus(HOUR);
        assertRefused(Reason.EXPIRED, () -> enrolments.enrol(token, TestRequest.of(Certificates.newKey())));
    }

    @Test
    void aNewTokenMakesTheUnusedOneOfTheSameDeviceVoid() {
        String first = token("press-1");
        token("press-1");
        assertRefused(Reason.UNKNOWN, () -> enrolments.enrol(first, TestRequest.of(Certificates.newKey())));
    }

    @Test
    void guessingEndsTheToken() {
        String token = token("press-1");
        String request = TestRequest.of(Certificates.newKey());
        String guess = token.substring(0, token.indexOf('.')) + ".AAAAAAAAAAAAAAAAAAAAAAAA";
        for (int i = 0; i < Limits.TOKEN_TRIES; i++) {
            assertRefused(Reason.UNKNOWN, () -> enrolments.enrol(guess, request));
        }
        assertRefused(Reason.EXPIRED, () -> enrolments.enrol(token, request));
    }

    @Test
    void theDatabaseDoesNotHoldTheSecret() throws Exception {
        String secret = token("press-1").split("\\.", -1)[1];
        try (var files = Files.walk(dir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(secret);
            }
        }
    }

    @Test
    void aRequestThatIsNotSignedByItsOwnKeyIsRefused() {
        String token = token("press-1");
        KeyPair another = Certificates.newKey();
        assertRefused(Reason.MALFORMED, () -> enrolments.enrol(token, TestRequest.of(Certificates.newKey(), another)));
        for (String garbage : List.of("", "x", Pem.text(Pem.REQUEST, new byte[] {0x30, 3, 2, 1, 1}))) {
            assertRefused(Reason.MALFORMED, () -> enrolments.enrol(token, garbage));
        }
    }

    @Test
    void aRenewalIsANewCertificateAndTheOldOneStaysGood() throws Exception {
        Enrolled first = enrol("press-1", Certificates.newKey());
        now = now.plus(LIFE.dividedBy(2));
        KeyPair key = Certificates.newKey();
        Enrolled second = enrolments.renew(certificate(first), TestRequest.of(key));
        assertThat(second.serial()).isNotEqualTo(first.serial());
        assertThat(certificate(second).getNotAfter().toInstant()).isEqualTo(now.plus(LIFE));
        assertThat(enrolments.renew(certificate(first), TestRequest.of(key)).serial())
                .as("the same key again, whose answer was lost")
                .isEqualTo(second.serial());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.principal(certificate(first)))
                    .isEqualTo(known.principal(certificate(second)))
                    .isEqualTo(new Principal.Device("press-1", Set.of("presses")));
        }
    }

    @Test
    void aDeviceThatWasOffForLongRenewsWithinTheGraceAndNotAfterIt() throws Exception {
        Enrolled first = enrol("press-1", Certificates.newKey());
        now = now.plus(LIFE).plus(Limits.RENEWAL_GRACE);
        enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey()));
        now = now.plusSeconds(1);
        assertRefused(
                Reason.EXPIRED, () -> enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey())));
    }

    @Test
    void aRevokedDeviceIsRefusedEverywhereAndComesBackByAnotherEnrolment() throws Exception {
        Enrolled first = enrol("press-1", Certificates.newKey());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.principal(certificate(first))).isNotNull();
            assertThat(enrolments.revoke("press-1")).containsExactly(first.serial());
            assertRefused(
                    Reason.REVOKED, () -> enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey())));
        }
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.isRevoked("press-1")).isTrue();
            assertThat(known.principal(certificate(first))).isNull();
        }
        Enrolled second = enrol("press-1", Certificates.newKey());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.isRevoked("press-1")).isFalse();
            assertThat(known.principal(certificate(first)))
                    .as("the old certificate")
                    .isNull();
            assertThat(known.principal(certificate(second))).isNotNull();
        }
    }

    @Test
    void aDeviceThatRenewsAgainAndAgainHasOnlySoManyCertificatesAtATime() throws Exception {
        Enrolled first = enrol("press-1", Certificates.newKey());
        for (int i = 1; i < Limits.CERTIFICATES_PER_DEVICE; i++) {
            enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey()));
        }
        assertRefused(
                Reason.UNAVAILABLE, () -> enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey())));

        now = now.plus(LIFE).plus(Limits.RENEWAL_GRACE);
        Enrolled last = enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey()));
        now = now.plusSeconds(1);
        enrolments.renew(certificate(last), TestRequest.of(Certificates.newKey()));
        assertThat(enrolments.list().getFirst().certificates())
                .as("the ended ones are forgotten")
                .hasSize(2);
    }

    @Test
    void whatIsKnownOfIdentitiesIsNotReadAgainForEveryRowThatIsStored() throws Exception {
        enrol("press-1", Certificates.newKey());
        try (IdentityStore store = IdentityStore.open(Database.in(dir));
                var session = Database.in(dir).openWriter();
                var statement = session.connection().createStatement()) {
            long before = store.version();
            statement.executeUpdate("INSERT INTO device (id, first_seen, last_seen) VALUES ('press-1', 0, 0)");
            assertThat(store.version()).isEqualTo(before);
            enrolments.revoke("press-1");
            assertThat(store.version()).isGreaterThan(before);
        }
    }

    @Test
    void theGroupsOfADeviceAreThoseItWasEnrolledFor() throws Exception {
        enrol("press-1", Certificates.newKey());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.groups("press-1", List.of("pumps", "presses"))).containsExactly("presses");
            assertThat(known.groups("stranger", List.of("pumps"))).containsExactly("pumps");
        }
    }

    @Test
    void aRevokedCertificateDoesNotTakeTheOthersOfItsDeviceWithIt() throws Exception {
        Enrolled first = enrol("press-1", Certificates.newKey());
        Enrolled second = enrolments.renew(certificate(first), TestRequest.of(Certificates.newKey()));
        assertThat(enrolments.revokeCertificate(first.serial())).isEqualTo("press-1");
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.principal(certificate(first))).isNull();
            assertThat(known.principal(certificate(second))).isNotNull();
            assertThat(known.isRevoked("press-1")).isFalse();
        }
        enrolments.revokeCertificate(second.serial());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.isRevoked("press-1")).isTrue();
        }
    }

    @Test
    void nobodyWhoWasNeverEnrolledCanBeRevoked() {
        assertThatThrownBy(() -> enrolments.revoke("press-9"))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("press-9");
    }

    @Test
    void theKeyOfTheAuthorityIsForItsOwnerOnly() throws Exception {
        Path key = dir.resolve("identity").resolve("ca.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                        enrolments.identity().service("ingest").key())))
                .isEqualTo("rw-------");
    }

    @Test
    void anAuthorityWhoseKeyOthersCanReadIsNotUsed() throws Exception {
        Path key = dir.resolve("identity").resolve("ca.key");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> FleetIdentity.open(dir, () -> now))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(key.toString());
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("r--------"));
        assertThat(FleetIdentity.open(dir, () -> now).fingerprint()).isNotEmpty();
    }

    @Test
    void anAuthorityIsMadeOnceAndKept() {
        String fingerprint = enrolments.identity().fingerprint();
        now = now.plus(Duration.ofDays(1000));
        assertThat(FleetIdentity.openOrCreate(dir, () -> now).fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void theCertificateOfAServerIsMadeAnewOnlyForOtherNamesOrNearItsEnd() throws Exception {
        FleetIdentity identity = enrolments.identity();
        String first =
                Files.readString(identity.server(List.of("localhost", "::1")).certificate());
        assertThat(Files.readString(identity.server(List.of("::1", "localhost")).certificate()))
                .isEqualTo(first);
        String other = Files.readString(identity.server(List.of("localhost")).certificate());
        assertThat(other).isNotEqualTo(first);
        now = now.plus(Limits.SERVER_LIFE.multipliedBy(3).dividedBy(4));
        assertThat(Files.readString(identity.server(List.of("localhost")).certificate()))
                .isNotEqualTo(other);
    }

    @Test
    void aDeviceWhoseClockStandsIn1970AcceptsTheServer() throws Exception {
        Path file = enrolments.identity().server(List.of("localhost")).certificate();
        X509Certificate server = Pem.certificate(Files.readString(file));
        Instant boot = Instant.parse("1970-01-01T00:00:30Z");
        server.checkValidity(java.util.Date.from(boot));
        enrolments.identity().ca().checkValidity(java.util.Date.from(boot));
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    }

    @Test
    void theRunningServiceHearsOfARevocationByAnotherProcess() throws Exception {
        enrol("press-1", Certificates.newKey());
        try (var known = KnownIdentities.of(Database.in(dir))) {
            assertThat(known.isRevoked("press-1")).isFalse();
            enrolments.revoke("press-1"); // over another connection
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!known.isRevoked("press-1")) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
    }
}
