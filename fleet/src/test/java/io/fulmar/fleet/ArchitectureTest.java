package io.fulmar.fleet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

@AnalyzeClasses(packages = "io.fulmar.fleet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** Every package is a slice of its own, the outermost one too. */
    @ArchTest
    static final ArchRule noPackageIsPartOfACycle =
            slices().assignedFrom(new EachPackage()).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheBrokerKnowsArtemis = onlyIn("..fleet.broker..", "org.apache.activemq..");

    @ArchTest
    static final ArchRule onlyTheStoresKnowSql = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "..fleet.database..",
                    "..fleet.ingest..",
                    "..fleet.command..",
                    "..fleet.registry..",
                    "..fleet.rollout..",
                    "..fleet.query..",
                    "..fleet.sink..",
                    "..fleet.truth..",
                    "..fleet.sample..",
                    "..fleet.identity..",
                    "..fleet.api.security..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.sqlite..");

    @ArchTest
    static final ArchRule onlyOneClassOpensSqlite = onlyIn("..fleet.database..", "org.sqlite..");

    @ArchTest
    static final ArchRule onlyOnePackageKnowsPostgres =
            onlyIn("..fleet.database..", "org.postgresql..", "com.zaxxer..");

    @ArchTest
    static final ArchRule onlyTheApiKnowsJavalin = onlyIn("..fleet.api..", "io.javalin..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule onlyTheMetricsKnowPrometheus = onlyIn("..fleet.api.metrics..", "io.prometheus..");

    @ArchTest
    static final ArchRule onlyIdentityKnowsBouncyCastle = onlyIn("..fleet.identity..", "org.bouncycastle..");

    @ArchTest
    static final ArchRule onlyTheCompositionRootKnowsPahosLink = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.fleet")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("PahoLink");

    @ArchTest
    static final ArchRule threadsAreMadeInOnePlace = noClasses()
            .that()
            .doNotHaveSimpleName("ServiceThread")
            .should()
            .callMethod(Thread.class, "ofPlatform")
            .orShould()
            .callMethod(Thread.class, "ofVirtual")
            .orShould()
            .callConstructor(Thread.class, Runnable.class);

    private static ArchRule onlyIn(String home, String... libraries) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries);
    }

    private static final class EachPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return javaClass.getPackageName().startsWith("io.fulmar.fleet")
                    ? SliceIdentifier.of(javaClass.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "each package";
        }
    }
}
