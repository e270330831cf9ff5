package io.fulmar.model.pack;

import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Checks packages in a process of its own, so that its caller can see which classes that needs. */
final class BadPackagesRunner {
    private BadPackagesRunner() {}

    /** A trust root and the folder of the packages. */
    public static void main(String[] args) throws IOException {
        ReleaseCheck check = BadPackages.check(TrustRoot.read(Path.of(args[0])));
        int refused = 0;
        int taken = 0;
        try (Stream<Path> packages = Files.list(Path.of(args[1]))) {
            for (Path each : packages.sorted().toList()) {
                if (check.check(each.resolve("p")) instanceof Verdict.Verified<VerifiedModel>) {
                    taken++;
                } else {
                    refused++;
                }
            }
        }
        System.out.println("refused " + refused + ", taken " + taken);
    }
}
