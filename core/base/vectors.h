// SPDX-License-Identifier: GPL-3.0-or-later
// Loops for the vector units of the CPU that runs them: the compiler makes a clone for each kind and the program
// chooses when it starts. A header of macros, because attributes have no other name.
#pragma once

#ifdef __clang__ // clones no templates; it only checks the code
#define HALFTONE_VECTORS
#define HALFTONE_FUSED_VECTORS
#else
/// Results are those of single operations wherever there are no products to add.
#define HALFTONE_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))

/// The same with products and sums in one instruction, rounded once.
#define HALFTONE_FUSED_VECTORS __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#endif
