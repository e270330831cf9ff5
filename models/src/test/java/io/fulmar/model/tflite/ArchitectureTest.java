package io.fulmar.model.tflite;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import tools.jackson.core.JsonGenerator;

/** Where native code and the model format may be touched. */
@AnalyzeClasses(packages = "io.fulmar.model", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.fulmar.model.(**)").should().beFreeOfCycles().allowEmptyShould(true);

    @ArchTest
    static final ArchRule nativeCodeIsReachedOnlyFromTheEngine = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.model.tflite..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.lang.foreign..", "org.bytedeco..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule theModelFormatIsKnownOnlyToTheEngine = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.model.tflite..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tensorflow..", "com.google.flatbuffers..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule jsonIsParsedInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.model.json..")
            .should()
            .dependOnClassesThat(resideInAPackage("tools.jackson..").and(not(type(JsonGenerator.class))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule tomlIsReadOnlyWhereModelsAreMade = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.model.source..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tomlj..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule theEngineKnowsNoOtherModule = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fulmar.agent..",
                    "io.fulmar.fleet..",
                    "io.fulmar.sync..",
                    "io.fulmar.config..",
                    "io.fulmar.cli..");
}
