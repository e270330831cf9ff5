package io.fulmar.sync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.fulmar.sync", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule noPackageCycles =
            slices().matching("io.fulmar.sync.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theWireKnowsNobody = noClasses()
            .that()
            .resideInAPackage("..sync.wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..sync.outbox..", "..sync.mqtt..");

    @ArchTest
    static final ArchRule pahoStaysInTheLink = only("..sync.mqtt..", "org.eclipse.paho..");

    @ArchTest
    static final ArchRule sqlStaysInTheOutbox = only("..sync.outbox..", "java.sql..");

    @ArchTest
    static final ArchRule sqliteStaysInTheOutboxAndItsLoader = noClasses()
            .that()
            .resideOutsideOfPackages("..sync.outbox..", "..sync.sqlite..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.sqlite..");

    @ArchTest
    static final ArchRule protobufStaysOnTheWire = only("..sync.wire..", "com.google.protobuf..");

    @ArchTest
    static final ArchRule jsonStaysOnTheWire = only("..sync.wire..", "tools.jackson..");

    private static ArchRule only(String home, String... libraries) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries);
    }
}
