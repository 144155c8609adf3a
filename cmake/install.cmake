# What `cmake --install` puts down: headers, the library, a CMake package and a pkg-config file.

include(CMakePackageConfigHelpers)

set(eventail_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/eventail)

install(TARGETS eventail eventail_broker EXPORT eventailTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/eventail TYPE INCLUDE
    FILES_MATCHING PATTERN "*.hpp")
install(EXPORT eventailTargets NAMESPACE eventail:: DESTINATION ${eventail_cmake_dir})
# A component: only its users need hiredis.
if(EVENTAIL_BUILD_STORE)
    install(TARGETS eventail_store EXPORT eventailStoreTargets)
    install(EXPORT eventailStoreTargets NAMESPACE eventail::
        DESTINATION ${eventail_cmake_dir})
endif()

configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/eventailConfig.cmake.in
    ${PROJECT_BINARY_DIR}/eventailConfig.cmake
    INSTALL_DESTINATION ${eventail_cmake_dir}
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/eventailConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/eventailConfig.cmake
    ${PROJECT_BINARY_DIR}/eventailConfigVersion.cmake
    DESTINATION ${eventail_cmake_dir})

# Relative, so that the installed tree can be moved and `cmake --install --prefix` is honoured.
string(REGEX REPLACE "[^/]+" ".." eventail_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(eventail_packages eventail eventail-broker)
if(EVENTAIL_BUILD_STORE)
    list(APPEND eventail_packages eventail-store)
endif()
foreach(package IN LISTS eventail_packages)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in
        ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
