package io.fulmar.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.fulmar.config", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule theTomlParserIsKnownToOneClass = noClasses()
            .that()
            .doNotHaveSimpleName("TomlDocument")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.tomlj..");

    @ArchTest
    static final ArchRule theModuleKnowsNoOtherHouse = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fulmar.agent..", "io.fulmar.model..", "io.fulmar.sync..", "io.fulmar.fleet..");

    @ArchTest
    static final ArchRule nothingHereMakesThreads =
            noClasses().should().dependOnClassesThat().areAssignableTo(Thread.class);

    @ArchTest
    static final ArchRule whatOthersSeeIsARecordASealedInterfaceOrAFinalClass = classes()
            .that()
            .arePublic()
            .and()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .should()
            .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL);
}
