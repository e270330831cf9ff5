package io.fulmar.agent.doctor;

import io.fulmar.config.Mqtt;
import io.fulmar.config.TlsSettings;
import io.fulmar.sync.mqtt.BrokerProbe;
import io.fulmar.sync.mqtt.CertificateInfo;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.mqtt.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The broker and the certificates. Says nothing of MQTT, which could take the identity of an agent that runs. Immutable. */
record BrokerChecks(Host host) {
    /** Whether it can be reached, with TLS where there is to be any. */
    Finding broker(String device, Mqtt mqtt) {
        TlsSettings tls = mqtt.tls();
        try {
            LinkConfig.Builder config = LinkConfig.builder(mqtt.url(), device).connectTimeout(mqtt.connectTimeout());
            List<CertificateInfo> shown =
                    BrokerProbe.connect(config.tls(tls == null ? null : new Tls(tls.ca(), tls.certificate(), tls.key()))
                            .build());
            return shown.isEmpty()
                    ? Finding.ok("broker", mqtt.url() + " can be reached")
                    : Finding.ok(
                            "broker",
                            mqtt.url() + " can be reached, its certificate is good until "
                                    + shown.getFirst().notAfter());
        } catch (LinkException e) {
            return Finding.failure("broker", String.valueOf(e.getMessage()), e.hint());
        }
    }

    /** How long the certificates of this device are good for. */
    List<Finding> certificates(@Nullable TlsSettings tls) {
        List<Finding> findings = new ArrayList<>();
        if (tls != null) {
            certificate("authority", tls.ca(), findings);
            if (tls.certificate() != null) {
                certificate("certificate", tls.certificate(), findings);
            }
        }
        return findings;
    }

    private void certificate(String check, Path file, List<Finding> findings) {
        Instant now = host.clock().instant();
        try {
            CertificateInfo first = CertificateInfo.read(file).getFirst();
            String until = file + " is good until " + first.notAfter();
            if (now.isAfter(first.notAfter())) {
                findings.add(Finding.failure(
                        check, file + " ended at " + first.notAfter(), "enrol the device anew; see docs/enrolment.md"));
            } else if (now.isBefore(first.notBefore())) {
                findings.add(Finding.failure(
                        check, file + " begins at " + first.notBefore(), "set the clock; it says " + now));
            } else if (Duration.between(now, first.notAfter()).compareTo(Limits.CERTIFICATE_LEFT) < 0) {
                findings.add(Finding.warning(
                        check, until, "a running agent renews its own after two thirds of its life; see its log"));
            } else {
                findings.add(Finding.ok(check, until));
            }
        } catch (LinkException e) {
            findings.add(Finding.failure(check, String.valueOf(e.getMessage()), e.hint()));
        }
    }
}
