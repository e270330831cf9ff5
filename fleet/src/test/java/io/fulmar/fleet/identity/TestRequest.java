package io.fulmar.fleet.identity;

import java.io.IOException;
import java.security.KeyPair;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Requests for certificates, made by another library than the device's. Immutable. */
public final class TestRequest {
    private TestRequest() {}

    /** A request for a key that nobody needs later. */
    public static String ofNewKey() {
        return of(Certificates.newKey());
    }

    static String of(KeyPair key) {
        return of(key, key);
    }

    /** A request for the key of one that another one signed. */
    static String of(KeyPair key, KeyPair signer) {
        try {
            var builder = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=whatever"), key.getPublic());
            byte[] request = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()))
                    .getEncoded();
            return Pem.text(Pem.REQUEST, request);
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }
}
