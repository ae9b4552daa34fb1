// Catch2, version 2 or 3.
#pragma once

#ifdef HALFTONE_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
using namespace Catch::Matchers;
#else
#include <catch2/catch.hpp>
using namespace Catch::Matchers;
#endif
