package activities

// CountParcels is countParcels.
var CountParcels = countParcels
