package io.fulmar.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The command line is a thin layer: it parses, calls and prints. */
@AnalyzeClasses(packages = "io.fulmar.cli", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule ROOMS_DO_NOT_KNOW_EACH_OTHER =
            slices().matching("io.fulmar.cli.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule NO_LIBRARY_OF_THE_HOUSES_BELOW_IS_USED_HERE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.sql..",
                    "java.lang.foreign..",
                    "org.eclipse.paho..",
                    "org.apache.activemq..",
                    "io.javalin..",
                    "com.google.protobuf..",
                    "com.google.flatbuffers..",
                    "org.tomlj..");

    @ArchTest
    static final ArchRule THE_CLIENT_OF_SIMULATED_DEVICES_STAYS_WITH_THEM = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.cli.sim..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.hivemq..", "io.reactivex..");

    @ArchTest
    static final ArchRule ONLY_THE_ENTRY_POINT_ENDS_THE_PROCESS =
            noClasses().that().doNotHaveSimpleName("Main").should().callMethod(System.class, "exit", int.class);
}
