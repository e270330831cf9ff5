package io.fulmar.training;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.fulmar.training", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.fulmar.training.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule djlStaysInLearn = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.training.learn")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule theFileFormatStaysInQuantize = noClasses()
            .that()
            .resideOutsideOfPackage("io.fulmar.training.quantize")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tensorflow..", "com.google.flatbuffers..");
}
