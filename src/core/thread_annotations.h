// thread_annotations.h: the names clang's thread-safety analysis reads; nothing to other compilers.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#if defined(__clang__)
#define ENCKE_ANNOTATION(x) __attribute__((x))
#else
#define ENCKE_ANNOTATION(x)
#endif

#define CAPABILITY(x) ENCKE_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY ENCKE_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) ENCKE_ANNOTATION(guarded_by(x))
#define REQUIRES(...) ENCKE_ANNOTATION(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) ENCKE_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define ACQUIRE(...) ENCKE_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) ENCKE_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...) ENCKE_ANNOTATION(release_capability(__VA_ARGS__))
#define RELEASE_GENERIC(...) ENCKE_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define EXCLUDES(...) ENCKE_ANNOTATION(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS ENCKE_ANNOTATION(no_thread_safety_analysis)
