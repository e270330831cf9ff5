package io.fulmar.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.Executor;

/** What the packages of the agent may know of each other and of the outside. */
@AnalyzeClasses(packages = "io.fulmar.agent", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.fulmar.agent.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nothingDependsOnTheCompositionRoot = noClasses()
            .that()
            .resideInAPackage("io.fulmar.agent.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fulmar.agent");

    @ArchTest
    static final ArchRule threadsAreMadeInRunAlone = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.agent.run..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Thread.Builder.class)
            .orShould()
            .callConstructor(Thread.class)
            .orShould()
            .callConstructor(Thread.class, Runnable.class)
            .orShould()
            .callConstructor(Thread.class, Runnable.class, String.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Executor.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule volatileFieldsAreInRunAlone = fields().that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("io.fulmar.agent.run..")
            .should()
            .notHaveModifier(JavaModifier.VOLATILE);

    @ArchTest
    static final ArchRule synchronizedMethodsAreInRunAlone = methods()
            .that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("io.fulmar.agent.run..")
            .should()
            .notHaveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule theUplinkKnowsNoClockAndNoThread = noClasses()
            .that()
            .resideInAPackage("io.fulmar.agent.uplink..")
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, java.time.Clock.class)
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule foreignLibrariesStayInTheirHouses = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.sqlite..", "org.eclipse.paho..", "org.tomlj..");

    @ArchTest
    static final ArchRule nativeFunctionsAreCalledInOneRoom = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.agent.os..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..");

    @ArchTest
    static final ArchRule pinsAreReachedInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.agent.io.gpio..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.pi4j..");
}
