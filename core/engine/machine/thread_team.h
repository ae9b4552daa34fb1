// SPDX-License-Identifier: GPL-3.0-or-later
// The threads that compute. Parallel regions of this program and of oneDNN are calls of the OpenMP runtime; the
// functions of libgomp that they use are defined in thread_team.cpp and take the place of the library's, because its
// threads wait for each other by spinning and by name: each has a part of the work that nobody else may do. Beside
// other programs, whose turn may come in the middle, all wait for the one that is not running. Here a waiting thread
// sleeps when nothing comes, a part that nobody has begun is taken by whoever is done first, and a thread that lost its
// CPU in the middle of a part may move to that of one which waits for it.
#pragma once

#include <vector>

namespace halftone {

/// The CPUs that this process may use, as it was before any thread was pinned. Call before that.
const std::vector<int>& startCpus();

/// Regions that do not ask for a number of threads get this many, the calling one included. Each is pinned to a CPU of
/// its own of `cpus`, the calling one to the first; where there are fewer CPUs than threads, or other programs take the
/// CPU of one in the middle of its work, they run on any of them for a while.
/// A refusal of the system only costs precision; without `cpus` no thread is moved. Before the first call there is one
/// thread for each CPU, and none is pinned.
void setTeam(int threads, const std::vector<int>& cpus);

/// As long as one of these lives, threads stay on their CPUs whatever other programs do: what is timed then is slower
/// beside them, but alike from run to run.
class SteadyThreads {
public:
    SteadyThreads();
    ~SteadyThreads();
    SteadyThreads(const SteadyThreads&) = delete;
    SteadyThreads& operator=(const SteadyThreads&) = delete;
};

} // namespace halftone
