/* clang.h: libclang, found when it is needed: the newest one of this machine, 14 or later. */
#ifndef LINT_CLANG_H
#define LINT_CLANG_H

#include <clang-c/CXCompilationDatabase.h>
#include <clang-c/Index.h>

/* X(name): each function of libclang that is called, as clang.NAME; clang_NAME there. */
#define CLANG_CALLS(X)                                                                             \
    X(CompilationDatabase_dispose)                                                                 \
    X(CompilationDatabase_fromDirectory)                                                           \
    X(CompilationDatabase_getAllCompileCommands)                                                   \
    X(CompileCommand_getArg)                                                                       \
    X(CompileCommand_getDirectory)                                                                 \
    X(CompileCommand_getFilename)                                                                  \
    X(CompileCommand_getNumArgs)                                                                   \
    X(CompileCommands_dispose)                                                                     \
    X(CompileCommands_getCommand)                                                                  \
    X(CompileCommands_getSize)                                                                     \
    X(Cursor_getArgument)                                                                          \
    X(Cursor_getNumArguments)                                                                      \
    X(Cursor_getStorageClass)                                                                      \
    X(Cursor_getVarDeclInitializer)                                                                \
    X(Cursor_hasAttrs)                                                                             \
    X(Cursor_Evaluate)                                                                             \
    X(EvalResult_dispose)                                                                          \
    X(EvalResult_getAsUnsigned)                                                                    \
    X(EvalResult_getKind)                                                                          \
    X(Cursor_isNull)                                                                               \
    X(Location_isInSystemHeader)                                                                   \
    X(Type_getSizeOf)                                                                              \
    X(createIndex)                                                                                 \
    X(disposeDiagnostic)                                                                           \
    X(disposeString)                                                                               \
    X(disposeTranslationUnit)                                                                      \
    X(equalCursors)                                                                                \
    X(equalTypes)                                                                                  \
    X(formatDiagnostic)                                                                            \
    X(getArgType)                                                                                  \
    X(getArraySize)                                                                                \
    X(getCString)                                                                                  \
    X(getCanonicalCursor)                                                                          \
    X(getCanonicalType)                                                                            \
    X(getClangVersion)                                                                             \
    X(getCursorDefinition)                                                                         \
    X(getCursorExtent)                                                                             \
    X(getCursorKind)                                                                               \
    X(getCursorLocation)                                                                           \
    X(getCursorReferenced)                                                                         \
    X(getCursorResultType)                                                                         \
    X(getCursorSemanticParent)                                                                     \
    X(getCursorSpelling)                                                                           \
    X(getCursorType)                                                                               \
    X(getDiagnostic)                                                                               \
    X(getDiagnosticLocation)                                                                       \
    X(getDiagnosticSeverity)                                                                       \
    X(getDiagnosticSpelling)                                                                       \
    X(getElementType)                                                                              \
    X(getExpansionLocation)                                                                        \
    X(getFile)                                                                                     \
    X(getFileLocation)                                                                             \
    X(getFileContents)                                                                             \
    X(getFileName)                                                                                 \
    X(getNumDiagnostics)                                                                           \
    X(getPointeeType)                                                                              \
    X(getRangeEnd)                                                                                 \
    X(getRangeStart)                                                                               \
    X(getResultType)                                                                               \
    X(getSpellingLocation)                                                                         \
    X(getTranslationUnitCursor)                                                                    \
    X(getTypeDeclaration)                                                                          \
    X(getTypedefDeclUnderlyingType)                                                                \
    X(getTypeSpelling)                                                                             \
    X(hashCursor)                                                                                  \
    X(isConstQualifiedType)                                                                        \
    X(isCursorDefinition)                                                                          \
    X(parseTranslationUnit2)                                                                       \
    X(visitChildren)

struct clang_calls {
#define CLANG_MEMBER_(name) __typeof__(clang_##name) *name;
    CLANG_CALLS(CLANG_MEMBER_)
#undef CLANG_MEMBER_
};

extern struct clang_calls clang;

/* Once, before anything else. NULL: it is there. Else one sentence that says what to install.
 * WEIR_LIBCLANG names another library to take. */
const char *clang_load(void);

#endif
