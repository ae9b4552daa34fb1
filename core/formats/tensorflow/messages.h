#pragma once

#include "core/formats/tensorflow/graphdef.pb.h"
